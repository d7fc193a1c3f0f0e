metadata description = 'The app on an Elastic Premium plan: CPU, always one warm instance or more, a container image.'

import { list, settings } from '../settings.bicep'

@description('Region.')
param location string

@description('Tags of every resource.')
param tags object

@description('Name of the plan.')
param planName string

@description('Name of the app, unique in Azure.')
param appName string

@description('Size of an instance: 1 vCPU and 3.5 GiB, 2 and 7, 4 and 14.')
@allowed(['EP1', 'EP2', 'EP3'])
param sku string

@description('Instances that are always there and paid for.')
@minValue(1)
@maxValue(20)
param minInstances int

@description('Instances at most.')
@minValue(1)
@maxValue(100)
param maxInstances int

@description('Instances that are kept ready for the app, and the warm ones beside those in use.')
@minValue(1)
@maxValue(10)
param alwaysReadyInstances int

@description('Image of the app, registry included.')
param image string

@description('Resource id of the app\'s identity.')
param identityId string

@description('What the app needs to know.')
param appSettings settings

@description('Whether the app has an address that is reached from the internet, over HTTPS and with a function key.')
param publicIngress bool

@description('Origins whose web pages may use the HTTP functions (CORS), such as https://app.example.com. Empty: none.')
param allowedOrigins string[]

@description('Resource id of the subnet that the app joins; empty for none.')
param subnetId string

resource plan 'Microsoft.Web/serverfarms@2025-03-01' = {
  name: planName
  location: location
  tags: tags
  kind: 'elastic'
  sku: { name: sku, tier: 'ElasticPremium', family: 'EP', capacity: minInstances }
  properties: {
    maximumElasticWorkerCount: maxInstances
    reserved: true
  }
}

resource app 'Microsoft.Web/sites@2025-03-01' = {
  name: appName
  location: location
  tags: tags
  kind: 'functionapp,linux,container'
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: { '${identityId}': {} }
  }
  properties: {
    serverFarmId: plan.id
    clientAffinityEnabled: false
    httpsOnly: true
    publicNetworkAccess: publicIngress ? 'Enabled' : 'Disabled'
    virtualNetworkSubnetId: empty(subnetId) ? null : subnetId
    outboundVnetRouting: { allTraffic: !empty(subnetId), imagePullTraffic: !empty(subnetId) }
    siteConfig: {
      acrUseManagedIdentityCreds: true
      acrUserManagedIdentityID: appSettings.clientId
      cors: { allowedOrigins: allowedOrigins }
      ftpsState: 'Disabled'
      functionAppScaleLimit: maxInstances
      // The platform's own scale controller does not see queues behind private endpoints.
      functionsRuntimeScaleMonitoringEnabled: !empty(subnetId)
      healthCheckPath: '/health/live'
      http20Enabled: true
      linuxFxVersion: 'DOCKER|${image}'
      minimumElasticInstanceCount: alwaysReadyInstances
      minTlsVersion: '1.2'
      preWarmedInstanceCount: alwaysReadyInstances
      scmMinTlsVersion: '1.2'
      // No WEBSITE_CONTENTAZUREFILECONNECTIONSTRING and no WEBSITE_CONTENTSHARE: a file share takes a key, and the image holds the app.
      appSettings: concat(list(appSettings), [
        { name: 'FUNCTIONS_EXTENSION_VERSION', value: '~4' }
        { name: 'FUNCTIONS_WORKER_RUNTIME', value: 'dotnet-isolated' }
        { name: 'WEBSITES_ENABLE_APP_SERVICE_STORAGE', value: 'false' }
      ])
    }
  }
}

resource ftpPublishing 'Microsoft.Web/sites/basicPublishingCredentialsPolicies@2025-03-01' = {
  parent: app
  name: 'ftp'
  properties: { allow: false }
}

resource scmPublishing 'Microsoft.Web/sites/basicPublishingCredentialsPolicies@2025-03-01' = {
  parent: app
  name: 'scm'
  properties: { allow: false }
}

@description('Address of the app.')
output url string = 'https://${app.properties.defaultHostName}'
